/** "2026-11-90", the name of an edition, is no date: it is told by the month it is of. */
export function versionWords(version: string): string {
  const [, year, month] = /^(\d{4})-(\d{2})/.exec(version) ?? []
  return year ? `${year}年${Number(month)}月的版本` : `版本 ${version}`
}
