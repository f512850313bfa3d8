export function whenSeen(id: string, seen: () => void): () => void {
  const mark = document.getElementById(id)
  if (!mark || typeof IntersectionObserver === 'undefined') {
    seen()
    return () => undefined
  }
  const observer = new IntersectionObserver(
    (entries) => {
      if (entries.some((entry) => entry.isIntersecting)) seen()
    },
    { rootMargin: '0px 0px -60px 0px' },
  )
  observer.observe(mark)
  return () => observer.disconnect()
}
