const CODES = { red: 31, green: 32, yellow: 33, bold: 1, dim: 2 } as const
export type Colour = keyof typeof CODES
export type Paint = (colour: Colour, text: string) => string

/** Colours only where a terminal shows them (https://no-color.org). */
export function createPaint(on: boolean): Paint {
  return (colour, text) => (on ? `\u001b[${CODES[colour]}m${text}\u001b[0m` : text)
}

/** Without what would steer a terminal: titles come from whoever throws the error. Our own colours may stay. */
export function tame(text: string, colours: boolean): string {
  const ours = colours ? /(\u001b\[\d{1,2}m)/ : /(?!)/
  return text
    .split(ours)
    .map(part => (colours && /^\u001b\[\d{1,2}m$/.test(part) ? part : part.replaceAll(/[^\P{Cc}\n\t]|\p{Bidi_Control}/gu, '\ufffd')))
    .join('')
}
