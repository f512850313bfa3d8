/** Names of drugs and treatments as a patient reads them: without the letters that doctors write. */

const REGIMEN = '\\d*H[RZES]{1,5}'
const SHORT = '\\d*(?:INH|RFP|RFT|RPT|PZA|EMB|Lfx|Mfx|Lzd|Bdq|Cfz)'
/** As "HRZE", "2HRZE/4HR": combinations of drugs against tuberculosis, and the drugs one by one. */
const CODE = `(?:${REGIMEN}|${SHORT})(?:[/-](?:${REGIMEN}|${SHORT}))*`
const IS_CODE = new RegExp(`^${CODE}$`)
const IN_BRACKETS = new RegExp(`[（(]\\s*${CODE}\\s*[)）]`, 'g')

/** Where nothing else would be left the code stays: a drug must have a name. */
export function plainName(name: string): string {
  const words = name.replace(IN_BRACKETS, ' ').split(/\s+/)
  return words.filter((word) => word !== '' && !IS_CODE.test(word)).join(' ') || name
}

/** Of one list: where two would read the same, each keeps its letters, which tell them apart. */
export function plainNames(names: string[]): string[] {
  const plain = names.map(plainName)
  return names.map((name, n) => {
    const own = plain[n] ?? name
    return plain.indexOf(own) === plain.lastIndexOf(own) ? own : name
  })
}
