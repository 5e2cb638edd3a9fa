/** Least to most serious; `level <= warning` means warning, info or debug. */
export const LEVELS = ['debug', 'info', 'warning', 'error', 'fatal'] as const
