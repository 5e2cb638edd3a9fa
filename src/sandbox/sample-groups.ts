import type { Sample } from './samples/sample.ts'

export interface SampleGroup {
  title: string
  samples: { name: string; sample: Sample }[]
}

/** In this order they tell the story: each severity where it lands, and a page that resolves. */
const START_HERE = [
  'payment-failure',
  'crash-free-critical',
  'crash-free-resolved',
  'type-error-after-release',
  'service-unavailable',
  'staging-only',
]

const GROUPS: { title: string; holds(sample: Sample): boolean }[] = [
  { title: 'Broken on purpose', holds: ({ about }) => /quarantine/.test(about) },
  { title: 'More alerts', holds: ({ resource }) => ['event_alert', 'metric_alert', 'error'].includes(resource) },
  { title: 'What people do in Sentry', holds: ({ resource }) => ['issue', 'activity_alert'].includes(resource) },
  { title: 'Carries no alert', holds: () => true },
]
const ORDER = ['More alerts', 'What people do in Sentry', 'Carries no alert', 'Broken on purpose']

/** The samples to start with, and all the others in groups; none is left out. */
export function groupSamples(samples: Readonly<Record<string, Sample>>): { first: SampleGroup; rest: SampleGroup[] } {
  const named = (name: string) => {
    const sample = Object.hasOwn(samples, name) ? samples[name] : undefined
    return sample === undefined ? [] : [{ name, sample }]
  }
  const first = { title: 'Start here', samples: START_HERE.flatMap(named) }
  const groups = new Map<string, SampleGroup>(ORDER.map(title => [title, { title, samples: [] }]))
  for (const [name, sample] of Object.entries(samples)) {
    if (START_HERE.includes(name)) continue
    const title = GROUPS.find(group => group.holds(sample))?.title ?? ''
    groups.get(title)?.samples.push({ name, sample })
  }
  return { first, rest: [...groups.values()].filter(group => group.samples.length > 0) }
}
