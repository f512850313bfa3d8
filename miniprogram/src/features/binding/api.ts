import { post } from '@/api/client'
import type { AcceptedConsent, Body } from '@/api/types'

/** What was scanned, or what was typed with the end of the phone on record. */
export type BindingCode = Body<'/api/bindings/lookup'>

export const lookUp = (code: BindingCode) => post('/api/bindings/lookup', { body: code })
export const bind = (code: BindingCode, accepted: AcceptedConsent[], key: string) =>
  post('/api/bindings', { body: { ...code, accepted }, key })
