import type { Me } from '@/api/types'

export const sexWords: Record<Me['sex'], string> = { male: '男', female: '女' }
export const conditionWords: Record<Me['conditions'][number], string> = {
  tuberculosis: '肺结核',
  hypertension: '高血压',
  diabetes: '糖尿病',
}
