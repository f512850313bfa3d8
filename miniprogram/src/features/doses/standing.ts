/** Where a dose stands when the phone's own unsent things are counted in. */
import type { DoseCard, DoseState } from '@/api/types'
import type { Item } from '@/offline/items'
import { type OwedItem, owedOf } from './offline'
import { type StateWords, stateWords } from './words'

export interface Standing extends StateWords {
  /** What the person can do now; one thing at most is offered large. */
  next: 'film' | 'film-again' | 'film-late' | 'send-draft' | 'outbox' | 'severe' | 'wait' | 'none'
  itemId: string | null
}

const WAITING: StateWords = { word: '待发送', icon: 'send', tone: 'wait' }
const SENDING: StateWords = { word: '正在发送', icon: 'send', tone: 'wait' }
const DRAFT: StateWords = { word: '拍好了，还没发', icon: 'film', tone: 'accent' }
const REFUSED: StateWords = { word: '没发出去', icon: 'cross', tone: 'danger' }
const NOT_TAKEN: DoseState[] = ['upcoming', 'open', 'held']
const UNWELL: StateWords = { word: '不舒服，先别服药', icon: 'stop', tone: 'danger' }

export function standingOf(
  card: DoseCard,
  items: Item[],
  sending: (id: string) => boolean,
): Standing {
  const owing = owedOf(items)
  const mine = owing.filter((item) => item.about.dose_id === card.dose_id)
  const severe = owing.find((item) => isStoppedBy(card, item))
  if (severe) return { ...UNWELL, next: 'severe', itemId: severe.id }
  const owed = [...mine].reverse().find((item) => item.kind !== 'side-effects')
  if (owed) return standingOfOwed(owed, sending)
  return standingOfCard(card)
}

/** By an answer that the server has not got yet: it stops a condition's doses from its day on. */
function isStoppedBy(card: DoseCard, item: OwedItem): boolean {
  if (item.kind !== 'side-effects' || !item.about.severe) return false
  const { dose_id, stops, due_on } = item.about
  if (dose_id === card.dose_id) return true
  return stops.includes(card.condition) && card.due_on >= due_on && NOT_TAKEN.includes(card.state)
}

function standingOfOwed(item: OwedItem, sending: (id: string) => boolean): Standing {
  const itemId = item.id
  if (item.refusal) return { ...REFUSED, next: 'outbox', itemId }
  if (item.stage === 'draft' || item.stage === 'saving') {
    return { ...DRAFT, next: 'send-draft', itemId }
  }
  return { ...(sending(itemId) ? SENDING : WAITING), next: 'wait', itemId }
}

const REFILM = ['rejected', 'unverifiable', 'partial', 'uploading', 'processing']

function filmingOf(state: DoseState): Standing['next'] {
  if (state === 'self_reported') return 'film-late'
  return REFILM.includes(state) ? 'film-again' : 'film'
}

function standingOfCard(card: DoseCard): Standing {
  const words = stateWords[card.state]
  if (card.can_film) return { ...words, next: filmingOf(card.state), itemId: null }
  if (card.severe && NOT_TAKEN.includes(card.state)) {
    return { ...UNWELL, next: 'severe', itemId: null }
  }
  return { ...words, next: 'none', itemId: null }
}
