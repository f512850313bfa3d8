import type { Me } from '@/api/types'

export const sexWords: Record<Me['sex'], string> = { male: '男', female: '女' }

/** Of some patients only the year is known. */
export function birthWords(me: Pick<Me, 'birth_on' | 'birth_precision'>): string {
  const [year, month, day] = me.birth_on.split('-').map(Number)
  return me.birth_precision === 'year' ? `${year}年` : `${year}年${month}月${day}日`
}

export const conditionWords: Record<Me['conditions'][number], string> = {
  tuberculosis: '肺结核',
  hypertension: '高血压',
  diabetes: '糖尿病',
}
