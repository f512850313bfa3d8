/** What other features may use of doses. */
export { fetchMonth } from './api'
export { conditionsOn, rememberAnswer } from './asked'
export { confirmedMonth } from './confirmed'
export { rememberedMonths } from './memory'
export { NoSecondDose } from './no-second-dose'
export { hourWords } from './offered'
export { type AnswerItem, aboutOf, type FilmItem, newItem } from './offline'
export { UnwellLine } from './unwell-line'
