/** WeChat's microphone, its player and its album, with the ways in which each fails or says nothing. */

const LONGEST_MS = 600_000

/** One for the whole app; how it starts and stops is a fault of the phone: startVoice, stopVoice. */
function recorderManager(phone) {
  const heard = {}
  let running = null
  const tell = (event, said = {}) => heard[event]?.(said)
  const fail = (why) => tell('error', { errMsg: `operateRecorder:fail ${why}` })
  const handOver = (mine) => {
    if (!mine || running !== mine) return
    const duration = phone.clock.now - running.since
    running = null
    phone.voiceCount = (phone.voiceCount ?? 0) + 1
    const tempFilePath = `wxfile://tmp_voice_${phone.voiceCount}.mp3`
    phone.files.set(tempFilePath, { size: 1 + Math.round(duration * 6) })
    tell('stop', { tempFilePath, duration, fileSize: duration * 6 })
  }
  return {
    onStart: (listener) => Object.assign(heard, { start: listener }),
    onStop: (listener) => Object.assign(heard, { stop: listener }),
    onError: (listener) => Object.assign(heard, { error: listener }),
    onInterruptionBegin: (listener) => Object.assign(heard, { interruption: listener }),
    start: ({ duration = 60_000 }) => {
      if (phone.faults.startVoice === 'silent') return
      phone.timers.after(30, () => {
        if (phone.permissions.microphone !== 'granted') return fail('auth deny')
        if (phone.faults.startVoice === 'fails') return fail('audio is busy')
        const mine = { since: phone.clock.now }
        running = mine
        phone.timers.after(Math.min(duration, LONGEST_MS), () => {
          handOver(mine)
        })
        if (phone.faults.startVoice !== 'silent-running') tell('start')
      })
    },
    stop: () => {
      const how = phone.faults.stopVoice
      if (how === 'silent') return
      const mine = running
      const ms = how === 'late' ? 15_000 : 100
      phone.timers.after(ms, () => (mine ? handOver(mine) : fail('recorder not start')))
    },
    /** A call comes in: WeChat says so, and pauses. */
    interrupt: () => tell('interruption'),
    /** The system takes the microphone away. */
    breakOff: () => {
      running = null
      fail('interrupted by system')
    },
  }
}

function innerAudio(phone) {
  const heard = {}
  return {
    src: '',
    onEnded: (listener) => Object.assign(heard, { ended: listener }),
    onError: (listener) => Object.assign(heard, { error: listener }),
    play() {
      const isThere = phone.files.has(this.src)
      phone.played = [...(phone.played ?? []), this.src]
      phone.timers.after(isThere ? 3_000 : 20, () => {
        if (isThere) heard.ended?.()
        else heard.error?.({ errCode: 10003, errMsg: 'file not found' })
      })
    },
    destroy: () => Object.assign(heard, { ended: null, error: null }),
  }
}

const ALBUM = {
  cancel: { errMsg: 'chooseMedia:fail cancel' },
  privacy: { errno: 104, errMsg: 'chooseMedia:fail privacy permission is not authorized' },
  undeclared: { errno: 112, errMsg: 'chooseMedia:fail api scope is not declared' },
  system: { errMsg: 'chooseMedia:fail system permission denied' },
  broken: { errMsg: 'chooseMedia:fail' },
}

/** Hands over as many as it is asked for, or fails as the fault `album` says. */
function chooseMedia(phone, settle, options) {
  const fault = ALBUM[phone.faults.album]
  if (fault) return settle(options, null, fault)
  const tempFiles = Array.from({ length: Math.min(options.count, phone.chosen ?? 1) }, () => {
    phone.photoCount = (phone.photoCount ?? 0) + 1
    const tempFilePath = `wxfile://tmp_photo_${phone.photoCount}.jpg`
    phone.files.set(tempFilePath, { size: 80_000 })
    return { tempFilePath, size: 80_000, fileType: 'image' }
  })
  return settle(options, { tempFiles, type: 'image', errMsg: 'chooseMedia:ok' })
}

function media(phone, settle) {
  const recorder = recorderManager(phone)
  return {
    getRecorderManager: () => recorder,
    createInnerAudioContext: () => innerAudio(phone),
    setInnerAudioOption: (options) => settle(options, { errMsg: 'setInnerAudioOption:ok' }),
    chooseMedia: (options) => chooseMedia(phone, settle, options),
  }
}

module.exports = { media }
