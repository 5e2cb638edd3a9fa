/** At the top of the file, for whoever opens it. */
export const FILE_HEAD = [
  'Tocsin: rules, destinations and sources as one file.',
  '',
  '  tocsin rules check FILE    problems with their lines, and warnings',
  '  tocsin rules diff FILE     what it would change',
  '  tocsin rules apply FILE    the same file twice changes nothing',
  '',
  'Secrets are not in it. "kept": the one that is stored stays. To give one:',
  '  secret: { routingKey: { fromEnv: NAME } }',
  'and the command line takes its value from its environment.',
  'What is not in the file stays, unless --prune says otherwise. "managedBy: environment" is set by environment variables.',
]
