/** How many are unread, short enough for a badge: the server counts a hundred at most. */
export function unreadWords(unread: number): string {
  return unread > 99 ? '99+' : String(unread)
}
