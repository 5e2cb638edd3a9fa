import { ALERT_SAMPLES } from './alert-samples.ts'
import { CHOSEN_SAMPLES } from './chosen-samples.ts'
import { LIFECYCLE_SAMPLES } from './lifecycle-samples.ts'
import type { Sample } from './sample.ts'

/** Every sample by name: for `npm run sample`, the sandbox page and tests. `serialize` turns what they build into bytes. */
export const SAMPLES: Readonly<Record<string, Sample>> = { ...ALERT_SAMPLES, ...CHOSEN_SAMPLES, ...LIFECYCLE_SAMPLES }
