/** The part of `wx` that the app uses, honest about what the real one does: no rejection on 4xx, text on fail. */

const later = (go) => setTimeout(go, 1)

function settle(options, value, failure) {
  const outcome = failure ? { errMsg: failure } : value
  later(() => {
    if (failure) options.fail?.(outcome)
    else options.success?.(outcome)
    options.complete?.(outcome)
  })
}

function fileSystem(phone) {
  const missing = (path) => {
    if (!phone.files.has(path)) throw new Error(`no such file ${path}`)
  }
  return {
    mkdirSync: () => undefined,
    copyFileSync: (from, to) => {
      missing(from)
      phone.files.set(to, phone.files.get(from))
    },
    statSync: (path) => {
      missing(path)
      return { size: phone.files.get(path) }
    },
    unlinkSync: (path) => {
      missing(path)
      phone.files.delete(path)
    },
    readdirSync: (folder) =>
      [...phone.files.keys()]
        .filter((f) => f.startsWith(`${folder}/`))
        .map((f) => f.slice(folder.length + 1)),
    writeFileSync: (path, text) => phone.files.set(path, text.length),
  }
}

/** A dead engine hears no answer: what was under way when it was killed ends nowhere. */
function alive(phone) {
  const { life } = phone
  return () => phone.life === life
}

function request(phone, options) {
  const here = alive(phone)
  const answer = phone.server.answer(options)
  later(() => {
    if (!here()) return
    if (!answer) return settle(options, null, 'request:fail ')
    const data = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body)
    settle(options, { statusCode: answer.status, header: {}, data, errMsg: 'request:ok' })
  })
  return { abort() {} }
}

function uploadFile(phone, options) {
  const here = alive(phone)
  const listeners = []
  later(() => {
    if (!here()) return
    if (!phone.files.has(options.filePath))
      return settle(options, null, 'uploadFile:fail file not found')
    for (const tell of listeners) tell({ progress: 50 })
    if (phone.killAt === 'upload') return
    const answer = phone.server.store({ ...options, bytes: phone.files.get(options.filePath) })
    if (!answer) return settle(options, null, 'uploadFile:fail ')
    settle(options, { statusCode: answer.status, data: answer.body, errMsg: 'uploadFile:ok' })
  })
  return {
    abort() {},
    onProgressUpdate: (tell) => listeners.push(tell),
    offProgressUpdate() {},
    onHeadersReceived() {},
    offHeadersReceived() {},
  }
}

function camera(phone) {
  let film = 0
  return {
    startRecord: (options) => {
      phone.recordOptions = options
      settle(options, { errMsg: 'ok' })
    },
    stopRecord: (options) => {
      film += 1
      const tempVideoPath = `wxfile://tmp_${phone.life}_${film}.mp4`
      phone.files.set(tempVideoPath, 700_000)
      settle(options, { tempVideoPath, tempThumbPath: 'wxfile://tmp.jpg' })
    },
    takePhoto() {},
    onCameraFrame() {},
  }
}

function apis(phone) {
  const go = (how) => (options) => {
    phone.goTo(options.url, how)
    settle(options, { errMsg: 'ok' })
  }
  const nothing = (options = {}) => settle(options, { errMsg: 'ok' })
  return {
    env: { USER_DATA_PATH: 'wxfile://usr' },
    canIUse: () => true,
    nextTick: (f) => setTimeout(f, 0),
    getSystemInfoSync: () => ({
      platform: 'android',
      windowWidth: 390,
      pixelRatio: 2,
      SDKVersion: '3.5.8',
    }),
    getWindowInfo: () => ({ windowWidth: 390, windowHeight: 844, pixelRatio: 2 }),
    getLaunchOptionsSync: () => ({ path: 'pages/today/index', query: {}, scene: 1001 }),
    getStorageSync: (key) => phone.storage.get(key) ?? '',
    setStorageSync: (key, value) => void phone.storage.set(key, value),
    removeStorageSync: (key) => void phone.storage.delete(key),
    getStorageInfoSync: () => ({ keys: [...phone.storage.keys()] }),
    login: (options) => settle(options, { code: `code-${Date.now()}`, errMsg: 'login:ok' }),
    request: (options) => request(phone, options),
    uploadFile: (options) => uploadFile(phone, options),
    getFileSystemManager: () => fileSystem(phone),
    createCameraContext: () => {
      phone.cameraContext = camera(phone)
      return phone.cameraContext
    },
    getSetting: (options) =>
      settle(options, { authSetting: phone.cameraRefused ? { 'scope.camera': false } : {} }),
    navigateTo: go('navigateTo'),
    redirectTo: go('redirectTo'),
    reLaunch: go('reLaunch'),
    switchTab: go('switchTab'),
    navigateBack: (options = {}) => {
      phone.back()
      settle(options, { errMsg: 'ok' })
    },
    onNetworkStatusChange: (listener) => phone.networkListeners.push(listener),
    onAppShow: (listener) => phone.appShows.push(listener),
    onAppHide: () => undefined,
    showToast: (options) => {
      phone.toasts.push(options.title)
      settle(options, { errMsg: 'ok' })
    },
    pageScrollTo: (options) => settle(options, { errMsg: 'pageScrollTo:ok' }),
    showModal: (options) => settle(options, { confirm: true, cancel: false }),
    stopPullDownRefresh: nothing,
    scanCode: (options) =>
      settle(options, { path: 'pages/bind/index?scene=b%3DABCD2345', result: '' }),
    makePhoneCall: nothing,
    openPrivacyContract: nothing,
    shareFileMessage: nothing,
    openSetting: nothing,
  }
}

module.exports = { apis }
