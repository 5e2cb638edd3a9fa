/**
 * Whether `Prefer` asks for no body: `return=minimal`, among other preferences, each with or without parameters (RFC 7240
 * section 2). The first `return` counts; what cannot be read is overlooked, as that section has it.
 */
export function wantsMinimal(header: string | undefined): boolean {
  for (const preference of header?.split(',') ?? []) {
    const [name = '', value = ''] = (preference.split(';')[0] ?? '').split('=')
    if (name.trim().toLowerCase() === 'return')
      return (
        value
          .trim()
          .replace(/^"(.*)"$/, '$1')
          .toLowerCase() === 'minimal'
      )
  }
  return false
}
