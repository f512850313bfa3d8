/** Each feature tells here, in one line a list, what it brings to the phone. */
import { doseApi } from '@/features/doses/api'
import { doseKinds, upgradedDoseItem } from '@/features/doses/offline'
import { dosePart } from '@/features/doses/today-item'
import { registerParts } from '@/features/today'
import { kinds } from '@/offline/kinds'

kinds.register(doseKinds(doseApi), upgradedDoseItem)
registerParts({ dose: dosePart })
