/** Does the tag `data_loss` say so? SDKs write booleans in several ways. */
export function isDataLoss(tags: Readonly<Record<string, string>>): boolean {
  return ['true', '1', 'yes'].includes((tags.data_loss ?? '').trim().toLowerCase())
}
