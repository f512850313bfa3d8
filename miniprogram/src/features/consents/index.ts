export { fetchDocuments } from './api'
export { ConsentText } from './consent-text'
