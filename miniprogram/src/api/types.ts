/** Names for the shapes of the API, read off its operations so that they cannot drift from it. */
import type { paths } from './schema.gen'

type Method = 'get' | 'post'
type Paths<M extends Method> = {
  [P in keyof paths]: paths[P][M] extends { responses: unknown } ? P : never
}[keyof paths]
type Operation<M extends Method, P extends keyof paths> = paths[P][M]
type Json<C> = C extends { content: { 'application/json': infer B } } ? B : undefined

export type GetPath = Paths<'get'>
export type PostPath = Paths<'post'>
export type Answer<M extends Method, P extends keyof paths> =
  Operation<M, P> extends { responses: infer R } ? Json<R[keyof R & (200 | 201 | 204)]> : never
export type Body<P extends PostPath> =
  Operation<'post', P> extends { requestBody: { content: { 'application/json': infer B } } }
    ? B
    : undefined
export type PathParams<M extends Method, P extends keyof paths> =
  Operation<M, P> extends { parameters: { path: infer V } } ? V : undefined
export type Query<M extends Method, P extends keyof paths> =
  Operation<M, P> extends { parameters: { query?: infer Q } } ? Q : undefined

export type Session = Answer<'post', '/api/auth/wechat'>
export type ConsentDocument = Answer<'get', '/api/consents/documents'>[number]
export type ConsentRecord = Answer<'get', '/api/consents'>[number]
export type ConsentPurpose = ConsentDocument['purpose']
export type AcceptedConsent = Body<'/api/bindings'>['accepted'][number]
export type BindingPreview = Answer<'post', '/api/bindings/lookup'>
export type Me = Answer<'get', '/api/me'>
export type RecordView = Answer<'get', '/api/me/views'>['items'][number]
export type Notice = Answer<'get', '/api/notices'>['items'][number]
export type Today = Answer<'get', '/api/today'>
export type TodayItem = Today['items'][number]
export type Rank = TodayItem['rank']
export type ItemKind = TodayItem['kind']
export type ItemOf<K extends ItemKind> = Extract<TodayItem, { kind: K }>
export type DoseItem = ItemOf<'dose'>
export type DoseCard = DoseItem['dose']
export type DoseState = DoseCard['state']
export type Slot = DoseCard['slot']
export type Condition = DoseCard['condition']
export type Drug = DoseCard['drugs'][number]
export type RecordingBrief = NonNullable<DoseCard['recording']>
export type Verdict = NonNullable<RecordingBrief['verdict']>
export type ReviewReason = NonNullable<RecordingBrief['reason']>
export type VideoProblem = NonNullable<RecordingBrief['problem']>
export type CalendarMonth = Answer<'get', '/api/doses/calendar/{month}'>
export type TreatmentRates = CalendarMonth['treatments'][number]
export type Rates = TreatmentRates['rates']
export type Adherence = Answer<'get', '/api/doses/adherence'>
export type DoseDetail = Answer<'get', '/api/doses/{dose_id}'>
export type Recording = DoseDetail['recordings'][number]
export type Symptom = Answer<'get', '/api/doses/symptoms'>[number]
export type SymptomCode = Symptom['code']
export type SideEffectAnswer = Body<'/api/doses/{dose_id}/side-effects'>
export type SideEffectResult = Answer<'post', '/api/doses/{dose_id}/side-effects'>
export type FilmAnnouncement = Body<'/api/doses/{dose_id}/recordings'>
export type FilmTicket = Answer<'post', '/api/doses/{dose_id}/recordings'>
export type PlayedVoice = Answer<'get', '/api/guide-voices'>['voices'][number]
export type VoiceStep = PlayedVoice['step']
export type UploadTicket = NonNullable<FilmTicket['upload']>
export type SelfReport = Body<'/api/doses/{dose_id}/reports'>
export type CannotFilmReason = SelfReport['reason']
export type StaffScan = Answer<'post', '/api/staff-scans/lookup'>
