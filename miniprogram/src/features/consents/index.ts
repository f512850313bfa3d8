export { fetchDocuments } from './api'
export { ConsentText } from './consent-text'
export { END_MARK, EndMark, useReadToEnd } from './end-mark'
