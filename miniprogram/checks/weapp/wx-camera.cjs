/** WeChat's camera, with the ways in which it has been seen to end a recording. */

const LONGEST_MS = 60_000

/** Made when the picture is put on the page: from then on it opens, or says why it does not. */
function camera(phone) {
  const { permissions } = phone
  const page = phone.top
  const onPage = (event, detail) => {
    if (phone.stack.includes(page))
      phone.fireOn(page, phone.component('camera-picture'), event, detail)
  }
  phone.timers.after(200, () => {
    const refused = permissions.refusedCamera()
    if (refused) onPage('error', { errMsg: refused })
    else if (!phone.faults.cameraMute) onPage('initdone')
  })
  return new Recording(phone, onPage)
}

class Recording {
  constructor(phone, onPage) {
    this.phone = phone
    this.onPage = onPage
    this.options = null
    this.since = 0
  }

  startRecord(options) {
    const { phone } = this
    if (phone.faults.startRecord === 'silent') return
    const { microphone } = phone.permissions
    phone.timers.after(50, () => {
      if (microphone !== 'granted' || phone.faults.startRecord === 'fails') {
        const why = microphone === 'granted' ? 'start record fail' : 'auth deny'
        options.fail({ errMsg: `operateCamera:fail ${why}` })
        return
      }
      this.options = phone.recordOptions = options
      this.since = phone.clock.now
      phone.recordings.push(this)
      phone.onRecording?.()
      phone.timers.after(Math.min(options.timeout * 1000, LONGEST_MS), () => {
        if (this.options === options) this.handOver(options.timeoutCallback)
      })
      if (phone.faults.startRecord !== 'silent-running')
        options.success({ errMsg: 'operateCamera:ok' })
    })
  }

  stopRecord({ compressed, success, fail }) {
    const { phone, options } = this
    const how = phone.faults.stopRecord
    if (how === 'silent' || (how === 'silent-compressed' && compressed)) return
    phone.timers.after(300, () => {
      if (!options || this.options !== options)
        fail({ errMsg: 'operateCamera:fail is not recording' })
      else if (how === 'stopping') {
        fail({ errMsg: 'operateCamera:fail is stopping' })
        phone.timers.after(800, () => {
          if (this.options === options) this.handOver(options.timeoutCallback)
        })
      } else if (how === 'fails') fail({ errMsg: 'operateCamera:fail stop record fail' })
      else this.handOver(success)
    })
  }

  /** A call, an alarm, another app: the news and the film come in either order, or no film at all. */
  cut({ newsMs = 0, filmMs = 10 } = {}) {
    const { phone, options } = this
    if (!options) return
    phone.timers.after(newsMs, () => this.onPage('stop'))
    if (filmMs === null) this.options = null
    else
      phone.timers.after(filmMs, () => {
        if (this.options === options) this.handOver(options.timeoutCallback)
      })
  }

  handOver(tell) {
    const { phone } = this
    this.options = null
    phone.filmCount += 1
    const tempVideoPath = `wxfile://tmp_${phone.name}_${phone.filmCount}.mp4`
    const film = `${phone.name} film ${phone.filmCount}`
    phone.files.set(tempVideoPath, { size: 700_000, film })
    phone.tookFilm?.({ film, path: tempVideoPath, ms: phone.clock.now - this.since })
    tell({ tempVideoPath, tempThumbPath: 'wxfile://tmp.jpg' })
  }

  takePhoto() {}
  onCameraFrame() {}
}

module.exports = { camera }
