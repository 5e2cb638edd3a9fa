import { EVERY_FIELD, type Field } from './fields.ts'

/** In an expression `-` subtracts and `.` reaches into something, so a field is written with `_` for both. */
export function nameInExpression(field: string): string {
  return field.replaceAll(/[-.]/g, '_')
}

const FIELDS = new Map(EVERY_FIELD.map(field => [nameInExpression(field.name), field]))

/** The field that is written so: `crash_free_production` is crash-free.production. undefined: there is none. */
export function fieldInExpression(name: string): Field | undefined {
  return FIELDS.get(name)
}

/** For whoever writes one: what it can name, as the API's description tells it. */
export const EXPRESSION_WORDS = [
  'An expression of the Common Expression Language that comes out true or false.',
  `Fields: ${[...FIELDS.keys()].join(', ')}; a tag is tag("name"); GET /api/v1/rules/fields tells more.`,
  'Functions: known(field), re2(text, "pattern"), size(text); text.startsWith, .endsWith, .contains.',
  'What is unknown makes it unknown unless it is decided without; what has no value is equal to nothing.',
].join(' ')
