import { describe, expect, it } from 'vitest'
import { drugLine } from '@/features/doses/words'
import { plainName, plainNames } from '@/lib/plain-name'

describe('a name on the phone', () => {
  it.each([
    ['四联抗结核片 HRZE', '四联抗结核片'],
    ['HRZE 四联片', '四联片'],
    ['肺结核初治 2HRZE/4HR', '肺结核初治'],
    ['肺结核复治（2HRZES/6HRE）', '肺结核复治'],
    ['异烟肼 INH', '异烟肼'],
    ['利福平(RFP) 胶囊', '利福平 胶囊'],
  ])('has no code: %s', (name, plain) => {
    expect(plainName(name)).toBe(plain)
  })

  it.each([
    '维生素 B6',
    '维生素 E',
    '胰岛素 R',
    '格列齐特 SR',
    '硝苯地平（缓释）',
    'HRZE',
    'Lisinopril',
  ])('keeps what tells one drug from another: %s', (name) => {
    expect(plainName(name)).toBe(name)
  })

  it('keeps its letters where two of a list would read the same', () => {
    expect(plainNames(['四联片 HRZE', '四联片 HRZES', '异烟肼 INH'])).toEqual([
      '四联片 HRZE',
      '四联片 HRZES',
      '异烟肼',
    ])
  })

  it('is read so where the drugs of a dose are named, the strength as it stands: it tells two boxes apart', () => {
    const drug = { name: '二联抗结核片 HR', strength: 'H75/R150 mg', tablets: '3' }
    expect(drugLine(drug)).toBe('二联抗结核片（H75/\u200bR150\u00a0mg） 3\u00a0片')
    expect(drugLine({ name: '氨氯地平', strength: '5 mg', tablets: '1' })).toBe(
      '氨氯地平（5\u00a0mg） 1\u00a0片',
    )
  })
})
