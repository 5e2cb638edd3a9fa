const CODES = { red: 31, green: 32, yellow: 33, bold: 1, dim: 2 } as const
export type Colour = keyof typeof CODES
export type Paint = (colour: Colour, text: string) => string

const ESCAPE = String.fromCharCode(27)
const OURS = new RegExp(`(${ESCAPE}\\[\\d{1,2}m)`)

/** Colours only where a terminal shows them (https://no-color.org). */
export function createPaint(on: boolean): Paint {
  return (colour, text) => (on ? `${ESCAPE}[${CODES[colour]}m${text}${ESCAPE}[0m` : text)
}

/** Without what would steer a terminal: titles come from whoever throws the error. Our own colours may stay. */
export function tame(text: string, colours: boolean): string {
  if (!colours) return withoutControl(text)
  return text
    .split(OURS)
    .map((part, at) => (at % 2 === 1 ? part : withoutControl(part)))
    .join('')
}

function withoutControl(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n\t]|\p{Bidi_Control}/gu, '\ufffd')
}
