/** What the person can do on a page, judged by where each touch leads and never by what stands on it. */

const LOCK_MS = 700

/** Touches everything on this page in turn and comes back each time; nothing is written by it. */
async function actsOf(phone) {
  const { url } = phone.top
  const acts = []
  const count = phone.tappables.length
  for (let n = 0; n < count; n += 1) {
    const one = phone.tappables[n]
    if (!one || one.kind.includes('tab')) continue
    await phone.clock.advance(LOCK_MS)
    const before = { ways: phone.ways.length, done: phone.done.length }
    const shown = phone.tappables[n]
    if (!shown) continue // it has changed by itself meanwhile
    phone.touch(shown.line)
    await phone.clock.advance(LOCK_MS)
    for (const way of phone.ways.slice(before.ways)) acts.push({ ...way, words: one.words })
    for (const { call } of phone.done.slice(before.done))
      acts.push({ how: call, url: '', words: one.words })
    while (phone.top.url !== url && phone.stack.length > 1) phone.back()
    if (phone.top.url !== url) phone.goTo(url, 'reLaunch')
    await phone.clock.advance(100)
  }
  return acts
}

/** The question about side effects leads to the camera where filming was begun with it. */
const isWayToFilm = (url) =>
  url.startsWith('/pages/camera/') ||
  (url.startsWith('/pages/side-effects/') && url.includes('opened_at='))
const isFilming = ({ url }, doseId) =>
  isWayToFilm(url) && new RegExp(`dose_id=${doseId}(&|$)`).test(url)

async function offersFilm(phone, doseId) {
  return (await actsOf(phone)).some((act) => isFilming(act, doseId))
}

module.exports = { actsOf, offersFilm, isFilming, isWayToFilm }
