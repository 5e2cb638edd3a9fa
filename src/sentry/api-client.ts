import type { ImpactSource } from '../measure/impact-source.ts'
import type { Survey } from '../measure/survey.ts'
import { createAnswerMemory } from './api-answers.ts'
import { createAsk, type SentryApiOptions } from './api-ask.ts'
import type { SentryApiHealth } from './api-health.ts'
import { createImpactQuestions } from './api-impact.ts'
import { createSurveyQuestions } from './api-survey.ts'

export type { SentryApiOptions } from './api-ask.ts'
export type { SentryApiHealth } from './api-health.ts'

export interface SentryApi extends ImpactSource, Survey {
  health(source: string): SentryApiHealth
}

const LASTING_MS = 600_000

/** Sentry's API as a source of impact and a survey: bounded, coalesced, cached for a short time, and never throwing. */
export function createSentryApi(options: SentryApiOptions): SentryApi {
  const { clock, sourceOf, cacheMs = 10_000 } = options
  const ask = createAsk(options)
  const answers = createAnswerMemory(clock, cacheMs)
  const lasting = createAnswerMemory(clock, LASTING_MS)
  return {
    canAsk(source) {
      const known = sourceOf(source)
      return known !== null && known.organization !== null && known.apiToken !== null
    },
    health: ask.health,
    ...createImpactQuestions({ ask, answers, clock, sourceOf }),
    ...createSurveyQuestions({ ask, answers, lasting, clock, sourceOf }),
  }
}
