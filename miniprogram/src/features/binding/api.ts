import { post } from '@/api/client'
import type { AcceptedConsent } from '@/api/types'

export const lookUp = (code: string) => post('/api/bindings/lookup', { body: { code } })
export const bind = (code: string, accepted: AcceptedConsent[], key: string) =>
  post('/api/bindings', { body: { code, accepted }, key })
