/** TypeScript text of a value, single-quoted as the rest of a script is. */
export function lit(value: string): string {
  return `'${value
    .replace(/\\/g, '\\\\')
    .replace(/'/g, "\\'")
    .replace(/[\r\n\u2028\u2029]+/g, ' ')}'`;
}
