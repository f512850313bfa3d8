import type { DoseCard } from '@/api/types'

export function makeCard(change: Partial<DoseCard> = {}): DoseCard {
  return {
    dose_id: 'd1',
    revision: 1,
    treatment_name: '肺结核强化期治疗',
    condition: 'tuberculosis',
    due_on: '2026-11-22',
    slot: 'morning',
    due_at: '2026-11-22T08:00:00+08:00',
    opens_at: '2026-11-22T04:00:00+08:00',
    closes_at: '2026-11-23T03:00:00+08:00',
    drugs: [{ name: 'HRZE 四联片', tablets: '3', strength: null }],
    state: 'open',
    can_film: true,
    can_report: true,
    recording: null,
    side_effects_answered: false,
    severe: false,
    day_code: '4821',
    ...change,
  }
}
