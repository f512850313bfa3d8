/** The part of `wx` that the app uses, honest about what the real one does: no rejection on 4xx, text on fail. */
const { Killed } = require('./clock.cjs')
const { asks } = require('./wx-asks.cjs')
const { camera } = require('./wx-camera.cjs')
const { fileSystem, storage } = require('./wx-files.cjs')
const { media } = require('./wx-media.cjs')
const { downloadFile, request, uploadFile } = require('./wx-network.cjs')
const { watches } = require('./wx-watch.cjs')

const SYSTEM = { platform: 'android', windowWidth: 390, pixelRatio: 2, SDKVersion: '3.5.8' }

/** Answers a call later; as a promise, too, where no callback was given. */
function settleOn(phone) {
  return (options, value, failure) => {
    const outcome = typeof failure === 'string' ? { errMsg: failure } : (failure ?? value)
    const hears = options?.success || options?.fail || options?.complete
    const answered = (yes, no) =>
      phone.timers.after(1, () => {
        if (failure) no?.(outcome)
        else yes?.(outcome)
        options?.complete?.(outcome)
      })
    if (!hears) return new Promise(answered)
    answered(options.success, options.fail)
    return undefined
  }
}

/** Pages open some time after they were asked for, and further taps fall on the old one until then. */
function ways(phone, settle) {
  const go = (how) => (options) => {
    const way = { how, url: options.url ?? '', from: phone.top?.route, words: phone.text }
    phone.ways.push(way)
    phone.onWay?.(way)
    phone.timers.after(phone.faults.slowPages || 30, () => {
      const failure = phone.goTo(options.url, how)
      settle(options, { errMsg: `${how}:ok` }, failure)
    })
  }
  return {
    navigateTo: go('navigateTo'),
    redirectTo: go('redirectTo'),
    reLaunch: go('reLaunch'),
    switchTab: go('switchTab'),
    navigateBack: (options = {}) => go('navigateBack')(options),
  }
}

function apis(phone) {
  const settle = settleOn(phone)
  const nothing = (options = {}) => settle(options, { errMsg: 'ok' })
  return {
    env: { USER_DATA_PATH: 'wxfile://usr' },
    canIUse: () => true,
    nextTick: (go) => phone.timers.after(0, go),
    getSystemInfoSync: () => SYSTEM,
    getWindowInfo: () => ({ windowWidth: 390, windowHeight: 844, pixelRatio: 2 }),
    getAppBaseInfo: () => ({ fontSizeSetting: 16, SDKVersion: SYSTEM.SDKVersion }),
    getLaunchOptionsSync: () => ({ path: 'pages/today/index', query: {}, scene: 1001 }),
    getNetworkType: (options) =>
      settle(options, { networkType: phone.network.up ? '4g' : 'none', errMsg: 'ok' }),
    login: (options) => {
      phone.codes += 1
      const failure = phone.network.up ? null : 'login:fail timeout'
      settle(options, { code: `code-${phone.name}-${phone.codes}`, errMsg: 'login:ok' }, failure)
    },
    request: (options) => request(phone, options),
    downloadFile: (options) => guarded(phone, downloadFile(phone, options)),
    uploadFile: (options) => guarded(phone, uploadFile(phone, options)),
    ...storage(phone),
    getFileSystemManager: () => guarded(phone, fileSystem(phone)),
    createCameraContext: () => {
      phone.cameraContext = camera(phone)
      const context = phone.cameraContext
      return guarded(phone, {
        startRecord: (options) => context.startRecord(options),
        stopRecord: (options) => context.stopRecord(options),
        takePhoto() {},
        onCameraFrame() {},
      })
    },
    ...ways(phone, settle),
    ...asks(phone, settle),
    ...watches(phone),
    ...media(phone, settle),
    onNetworkStatusChange: (listener) => phone.networkListeners.push(listener),
    onAppShow: (listener) => phone.appShows.push(listener),
    onAppHide: (listener) => phone.appHides.push(listener),
    onError: () => undefined,
    onUnhandledRejection: () => undefined,
    showToast: (options) => {
      phone.toasts.push(options.title)
      settle(options, { errMsg: 'showToast:ok' })
    },
    pageScrollTo: (options) => settle(options, { errMsg: 'pageScrollTo:ok' }),
    showModal: (options) => settle(options, { confirm: true, cancel: false }),
    stopPullDownRefresh: nothing,
    scanCode: (options) =>
      settle(options, { path: 'pages/bind/index?scene=b%3DABCD2345', result: '' }),
  }
}

/** A dead app reaches nothing any more; one that is to die in a call dies before or after its effect. */
function guarded(phone, calls) {
  const { life } = phone
  const wrapped = {}
  for (const name of Object.keys(calls)) {
    const call = calls[name]
    wrapped[name] =
      typeof call !== 'function'
        ? call
        : (...words) => {
            if (phone.life !== life) throw new Killed(name)
            const dies = phone.countsDown()
            if (dies === 'before') phone.kill()
            const answer = call(...words)
            if (dies === 'after') phone.kill()
            return answer
          }
  }
  return wrapped
}

module.exports = { apis: (phone) => guarded(phone, apis(phone)) }
