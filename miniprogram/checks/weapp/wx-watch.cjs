/** What WeChat tells by itself: that a new version is there, that something has come into view. */
const { find } = require('./tree.cjs')

function watches(phone) {
  return {
    getUpdateManager: () => ({
      onCheckForUpdate() {},
      onUpdateFailed() {},
      onUpdateReady: (listener) => phone.updateListeners.push(listener),
      applyUpdate: () => phone.done.push({ call: 'applyUpdate' }),
    }),
    createIntersectionObserver: () => {
      if (phone.faults.unwatched) throw new Error('createIntersectionObserver:fail')
      const watching = { page: phone.top, bottom: 0 }
      const observer = {
        relativeToViewport: ({ bottom = 0 }) => {
          watching.bottom = bottom
          return observer
        },
        observe: (selector, seen) => {
          Object.assign(watching, { id: selector.slice(1), seen })
          phone.watched.add(watching)
          // What is in view from the beginning is told soon; what is not, when it comes there.
          phone.timers.after(20, () => {
            if (!phone.faults.longTexts) phone.comesIntoView(watching)
          })
        },
        disconnect: () => phone.watched.delete(watching),
      }
      return observer
    },
  }
}

/** Told only of what is still watched and is really on the page. */
function comesIntoView(phone, watching) {
  if (!phone.watched.has(watching) || phone.top !== watching.page) return
  const isIt = (node) => (node.uid ?? node.sid) === watching.id
  if (find(phone.top.data.root, isIt).length > 0) watching.seen({ intersectionRatio: 1 })
}

module.exports = { watches, comesIntoView }
