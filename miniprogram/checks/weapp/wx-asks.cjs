/** What WeChat and the person permit, and what it takes only from a finger on the glass. */

const REFUSED = 'auth deny'
const GESTURE = 'can only be invoked by user TAP gesture.'
const PRIVACY = {
  refused: { errno: 104, errMsg: 'fail privacy permission is not authorized' },
  undeclared: {
    errno: 112,
    errMsg: 'fail api scope is not declared in the privacy agreement',
  },
}

class Permissions {
  constructor() {
    this.privacy = 'agreed'
    this.camera = 'granted'
    this.microphone = 'granted'
    /** Of WeChat itself, in the phone's own settings. */
    this.system = 'authorized'
  }

  refusedCamera() {
    if (this.privacy !== 'agreed') return `operateCamera:${PRIVACY[this.privacy].errMsg}`
    if (this.system === 'denied') return 'operateCamera:fail system permission denied'
    return this.camera === 'granted' ? null : `operateCamera:fail ${REFUSED}`
  }
}

function asks(phone, settle) {
  const { permissions } = phone
  const ofPrivacy = (call) => {
    const said = PRIVACY[permissions.privacy]
    return said ? { errno: said.errno, errMsg: `${call}:${said.errMsg}` } : null
  }
  const byTap = (call) => (options) => {
    const failure = phone.isTapping ? null : `${call}:fail ${GESTURE}`
    if (!failure) phone.done.push({ call, options })
    return settle(options, { errMsg: `${call}:ok` }, failure)
  }
  const done = (call) => (options) => {
    phone.done.push({ call, options })
    return settle(options, { errMsg: `${call}:ok` })
  }
  const scopes = () => ({
    'scope.camera': permissions.camera === 'granted',
    'scope.record': permissions.microphone === 'granted',
  })
  return {
    requirePrivacyAuthorize: (options) => {
      const refused = ofPrivacy('requirePrivacyAuthorize')
      // Its promise is documented for some versions only.
      const heard = { ...options, complete: options?.complete ?? (() => undefined) }
      return settle(heard, { errMsg: 'requirePrivacyAuthorize:ok' }, refused)
    },
    authorize: (options) => {
      const asked = { 'scope.camera': 'camera', 'scope.record': 'microphone' }[options.scope]
      const denied = permissions[asked] !== 'granted' || permissions.system === 'denied'
      const refused = denied ? { errno: 103, errMsg: `authorize:fail ${REFUSED}` } : null
      return settle(options, { errMsg: 'authorize:ok' }, ofPrivacy('authorize') ?? refused)
    },
    getSetting: (options) => settle(options, { authSetting: scopes(), errMsg: 'getSetting:ok' }),
    getAppAuthorizeSetting: () => ({
      cameraAuthorized: permissions.system,
      microphoneAuthorized: permissions.system,
    }),
    openSetting: done('openSetting'),
    openAppAuthorizeSetting: done('openAppAuthorizeSetting'),
    openPrivacyContract: done('openPrivacyContract'),
    makePhoneCall: done('makePhoneCall'),
    shareFileMessage: byTap('shareFileMessage'),
    requestSubscribeMessage: byTap('requestSubscribeMessage'),
    setKeepScreenOn: (options) => {
      phone.screenOn = options.keepScreenOn
      return settle(options, { errMsg: 'setKeepScreenOn:ok' })
    },
    vibrateShort: done('vibrateShort'),
    enableAlertBeforeUnload: (options) => {
      phone.leaveQuestion = options.message
      return settle(options, { errMsg: 'enableAlertBeforeUnload:ok' })
    },
    disableAlertBeforeUnload: (options = {}) => {
      phone.leaveQuestion = null
      return settle(options, { errMsg: 'disableAlertBeforeUnload:ok' })
    },
  }
}

module.exports = { Permissions, asks }
