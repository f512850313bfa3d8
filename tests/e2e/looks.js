/**
 * What is wrong with the page that is shown, as a list of sentences. `axe` is there already.
 * Taro leaves pages behind in the document, hidden: what has no box is no part of what is seen.
 * The box that scrolls is Taro's own, and a phone has no keyboard to scroll it with.
 * `tap`: the least side in px of what is tapped; `least`: the smallest type in px; `keyboard`: there is one.
 */
async ({ tap = 44, least = 0, keyboard = false } = {}) => {
  const SERIOUS = ['serious', 'critical']
  // For those who listen, or until it has the focus.
  const UNSEEN = 'script, style, .visually-hidden, .skip:not(:focus)'
  const wide = document.documentElement.clientWidth
  const faults = []
  const words = (text) => text.replace(/\s+/g, ' ').trim().slice(0, 30)
  const isSeen = (element) =>
    element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true })

  const found = await axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
    resultTypes: ['violations'],
    rules: { 'scrollable-region-focusable': { enabled: keyboard } },
  })
  for (const { id, impact, nodes } of found.violations) {
    if (!SERIOUS.includes(impact)) continue
    for (const node of nodes) {
      const why = node.any.concat(node.all, node.none).map((one) => one.message)[0] ?? ''
      faults.push(`${id}: ${node.html.slice(0, 120)}: ${why}`)
    }
  }

  const tapped = '.press, .button, [role=button], [role=link], [role=tab], [role=radio], [role=switch], [role=checkbox]'
  for (const element of document.querySelectorAll(tapped)) {
    if (!isSeen(element)) continue
    const { width, height } = element.getBoundingClientRect()
    if (width < tap - 0.5 || height < tap - 0.5)
      faults.push(`small to tap: ${words(element.textContent)}: ${width.toFixed(0)} x ${height.toFixed(0)}`)
  }

  const texts = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const node = walker.currentNode
    const parent = node.parentElement
    if (words(node.data) === '' || !isSeen(parent) || parent.closest(UNSEEN)) continue
    const range = document.createRange()
    range.selectNodeContents(node)
    const lines = [...range.getClientRects()].filter(({ width }) => width > 0)
    texts.push({ node, parent, lines, size: Number.parseFloat(getComputedStyle(parent).fontSize) })
  }

  // A chart of ours keeps its own words within; the table beside it says the same.
  const inBoxes = texts.filter(({ parent }) => !parent.closest('svg'))
  for (const { node, parent, lines, size } of inBoxes) {
    const said = words(node.data)
    if (size < least) faults.push(`small to read: ${said}: ${size} px`)
    if (/undefined|\bnull\b|NaN|\[object|[a-z]+_[a-z]+|Invalid/.test(node.data))
      faults.push(`not for people: ${said}`)
    const moves = keyboard && parent.closest('.flush')
    for (const { left, right, top, bottom } of lines) {
      if (!moves && (left < -0.5 || right > wide + 0.5)) faults.push(`off the screen: ${said}`)
      for (let box = parent; box && box !== document.body; box = box.parentElement) {
        const style = getComputedStyle(box)
        if (style.display === 'inline' || style.display === 'contents') continue
        if (keyboard && ['auto', 'scroll'].includes(style.overflowX)) break // a table is moved in its card
        const edge = box.getBoundingClientRect()
        if (left < edge.left - 1 || right > edge.right + 1) {
          faults.push(`wider than its box (${box.className || box.tagName}): ${said}`)
          break
        }
        // The glyphs fill less than the height that a font claims.
        const isCut = top + size * 0.3 < edge.top || bottom - size * 0.3 > edge.bottom
        if (isCut && style.overflowY === 'hidden')
          faults.push(`cut off (${box.className || box.tagName}): ${said}`)
        if (style.position === 'fixed' || style.overflowY !== 'visible') break
      }
    }
  }

  // A footer and a dialog lie over the page, which scrolls below them: each is looked at by itself.
  const layerOf = (element) => element.closest('.dialog-ground, .page-footer, .taro-navigation-bar')
  for (const [place, one] of texts.entries()) {
    for (const other of texts.slice(place + 1)) {
      if (layerOf(one.parent) !== layerOf(other.parent)) continue
      const isOver = one.lines.some((a) =>
        other.lines.some(
          (b) =>
            Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2 &&
            Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > one.size * 0.6,
        ),
      )
      if (isOver) faults.push(`over each other: ${words(one.node.data)} / ${words(other.node.data)}`)
    }
  }
  if (document.documentElement.scrollWidth > wide + 0.5) faults.push('the page scrolls sideways')
  return [...new Set(faults)]
}
