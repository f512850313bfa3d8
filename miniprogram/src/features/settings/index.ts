export { TypeQuestion } from './type-question'
export { TypeSizeChoice } from './type-size-choice'
