/** A photo or a recording as the phone hands it over. */
export interface Attachment {
  path: string
  contentType: string
}
export interface Voice extends Attachment {
  durationMs: number
}
