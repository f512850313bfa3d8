import { get, post } from '@/api/client'
import type { AcceptedConsent, ConsentPurpose } from '@/api/types'

export const fetchDocuments = () => get('/api/consents/documents', {})
export const fetchConsents = () => get('/api/consents', {})
export const acceptConsents = (accepted: AcceptedConsent[]) =>
  post('/api/consents', { body: { accepted } })
export const withdrawConsent = (purpose: ConsentPurpose) =>
  post('/api/consents/{purpose}/withdraw', { path: { purpose } })
