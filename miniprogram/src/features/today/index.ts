/** What other features may use of 今日. */
export { rememberedToday, todayHere } from './memory'
export { byClock } from './order'
export type { TodayPart } from './part'
export { registerParts } from './parts'
