/** What leaves the phone: answered late, out of order, or never; nothing starts in the background. */

const FAILED = 'request:fail -105:net::ERR_NAME_NOT_RESOLVED'

/** One exchange: the server hears it after half of its time, the phone the answer after the whole. */
function exchange(phone, { call, url, timeout = 60_000, ask }, told) {
  const { network, timers } = phone
  let over = false
  const end = (failure, answer) => {
    if (over) return
    over = true
    told(failure, answer)
  }
  const ms = network.delay(call, url)
  if (!network.up || phone.hidden) {
    timers.after(Math.min(ms, 100), () => end(`${call}:fail`))
    return { end }
  }
  const open = { interrupt: () => end(`${call}:fail interrupted`) }
  phone.openCalls.add(open)
  const loses = network.loses()
  // A request that has left arrives whatever becomes of the phone.
  phone.server.timers.after(ms / 2, () => {
    const answer = loses === 'request' ? null : ask()
    timers.after(ms / 2, () => {
      phone.openCalls.delete(open)
      if (!answer || loses || !network.up) end(loses ? `${call}:fail timeout` : `${call}:fail`)
      else end(null, answer)
    })
  })
  timers.after(timeout, () => end(`${call}:fail timeout`))
  return { end }
}

function request(phone, options) {
  const { url, timeout } = options
  const settle = (failure, answer) => {
    if (failure) {
      options.fail?.({ errMsg: failure === 'request:fail' ? FAILED : failure })
    } else {
      const data = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body)
      phone.hears?.(options, answer)
      options.success?.({ statusCode: answer.status, header: {}, data, errMsg: 'request:ok' })
    }
    options.complete?.({})
  }
  const ask = () => phone.server.answer(options, phone)
  const { end } = exchange(phone, { call: 'request', url, timeout, ask }, settle)
  return { abort: () => end('request:fail abort') }
}

function uploadFile(phone, options) {
  const { filePath, timeout } = options
  const listeners = []
  const file = phone.files.get(filePath)
  // Put to sleep with the app it may stay at what it has, without a word, until it is broken off.
  const upload = { dead: false }
  upload.tell = (progress) => {
    if (!upload.dead) for (const tell of listeners) tell({ progress })
  }
  phone.uploads.add(upload)
  const settle = (failure, answer) => {
    if (upload.dead && failure !== 'uploadFile:fail abort') return
    phone.uploads.delete(upload)
    if (failure) options.fail?.({ errMsg: failure })
    else {
      phone.hears?.(options, answer)
      const { status, body } = answer
      options.success?.({ statusCode: status, data: body ?? '', errMsg: 'uploadFile:ok' })
    }
    options.complete?.({})
  }
  if (!file) {
    phone.timers.after(1, () => settle('uploadFile:fail file not found'))
    return taskOf(listeners, () => undefined)
  }
  phone.timers.after(10, () => upload.tell(50))
  const ask = () => (upload.dead ? null : phone.server.store({ ...options, file }))
  const call = 'uploadFile'
  const { end } = exchange(phone, { call, url: options.url, timeout, ask }, settle)
  return taskOf(listeners, () => (upload.dead ? settle : end)('uploadFile:fail abort'))
}

/** What lies in the storage under an address, as a file of the temporary area. */
function downloadFile(phone, options) {
  const { url, timeout } = options
  const settle = (failure, answer) => {
    if (failure) options.fail?.({ errMsg: failure })
    else {
      phone.downloadCount = (phone.downloadCount ?? 0) + 1
      const tempFilePath = `wxfile://tmp_download_${phone.downloadCount}`
      phone.files.set(tempFilePath, { size: answer.size })
      options.success?.({ statusCode: answer.status, tempFilePath, errMsg: 'downloadFile:ok' })
    }
    options.complete?.({})
  }
  const ask = () => phone.server.fetch(url)
  const { end } = exchange(phone, { call: 'downloadFile', url, timeout, ask }, settle)
  return taskOf([], () => end('downloadFile:fail abort'))
}

const taskOf = (listeners, abort) => ({
  abort,
  onProgressUpdate: (tell) => listeners.push(tell),
  offProgressUpdate() {},
  onHeadersReceived() {},
  offHeadersReceived() {},
})

module.exports = { request, uploadFile, downloadFile }
