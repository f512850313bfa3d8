/** How WeChat's camera, its permissions and its storage have been seen to fail: no film is lost to it. */
const assert = require('node:assert/strict')
const { actsOf } = require('./acts.cjs')
const flowsOf = require('./flows.cjs')
const { usedBy } = require('./wx-files.cjs')

const { today, reach, until, tap, newPhone, openedToday } = flowsOf
const { toCamera, recording, filmed, runAll } = flowsOf
const films = (server) => server.writes.filter(({ kind }) => kind === 'film')
const kept = (phone) =>
  JSON.parse(phone.storage.get('weibu::outbox') ?? '[]').filter(({ kind }) => kind === 'film')

const SECOND_DOSE = '别再服第二次'

/** The warning stands, and beside it the ways of who has swallowed already. */
async function warned(phone) {
  assert.ok(phone.text.includes(SECOND_DOSE), phone.text)
  const acts = await actsOf(phone)
  assert.ok(acts.some(({ how }) => how === 'makePhoneCall'))
  return acts
}

const probes = {
  async 'A1 a call at 25 s, news before film: the film is kept'() {
    const { phone } = await openedToday()
    await recording(phone, 25)
    phone.recordings.at(-1).cut({ newsMs: 0, filmMs: 1_500 })
    await until(phone, '发送给医生')
    assert.equal(kept(phone).length, 1)
  },

  async 'A1 a call at 25 s, film before news: the film is kept, once'() {
    const { phone } = await openedToday()
    await recording(phone, 25)
    phone.recordings.at(-1).cut({ newsMs: 50, filmMs: 0 })
    await until(phone, '发送给医生')
    await phone.clock.advance(5_000)
    assert.equal(kept(phone).length, 1)
  },

  async 'A1 B2 a call and no film: said as it is, with the warning and its two ways'() {
    const { phone } = await openedToday()
    await recording(phone, 25)
    phone.recordings.at(-1).cut({ filmMs: null })
    await until(phone, '被打断了')
    const acts = await warned(phone)
    assert.ok(acts.some(({ url }) => url.startsWith('/pages/cannot-film/index?dose_id=d1')))
  },

  async 'A1 stopRecord stays silent: asked again, and the film comes as it is'() {
    const { phone } = await openedToday()
    await recording(phone)
    phone.faults.stopRecord = 'silent-compressed'
    await tap(phone, '拍好了，停')
    await until(phone, '发送给医生', 30_000)
    assert.equal(kept(phone).length, 1)
  },

  async 'A1 B2 stopRecord stays silent for ever: said so, and it can be filmed again'() {
    const { phone } = await openedToday()
    await recording(phone)
    phone.faults.stopRecord = 'silent'
    await tap(phone, '拍好了，停')
    await until(phone, '交出来', 60_000)
    phone.faults.stopRecord = null
    await warned(phone)
  },

  async 'B2 a film that was lost: 今日 warns before it asks for another, also after a restart'() {
    const { phone } = await openedToday()
    await recording(phone)
    phone.recordings.at(-1).cut({ filmMs: null })
    await until(phone, '被打断了')
    for (const again of [false, true]) {
      if (again) phone.launch()
      phone.goTo(today, again ? 'reLaunch' : 'switchTab')
      await phone.clock.advance(1_000)
      await warned(phone)
    }
  },

  async 'A1 “is stopping” is no end: the film that comes by itself is kept'() {
    const { phone } = await openedToday()
    await recording(phone)
    phone.faults.stopRecord = 'stopping'
    await tap(phone, '拍好了，停')
    await until(phone, '发送给医生', 30_000)
    assert.equal(kept(phone).length, 1)
  },

  async 'A1 startRecord stays silent: said so, and it can be started again'() {
    const { phone } = await openedToday()
    await toCamera(phone)
    phone.faults.startRecord = 'silent'
    await tap(phone, '开始拍')
    await until(phone, '相机没有启动', 30_000)
    phone.faults.startRecord = null
    await tap(phone, '开始拍')
    await until(phone, '第 1 步')
  },

  async 'A1 startRecord stays silent and films all the same: what it filmed is kept, and told'() {
    const { phone } = await openedToday()
    await toCamera(phone)
    phone.faults.startRecord = 'silent-running'
    await tap(phone, '开始拍')
    await until(phone, '找到了', 30_000)
    await warned(phone)
    assert.deepEqual(
      kept(phone).map(({ stage }) => stage),
      ['draft'],
    )
    phone.goTo(today, 'switchTab')
    await phone.clock.advance(1_000)
    const acts = await actsOf(phone)
    assert.ok(acts.some(({ url }) => url.startsWith('/pages/preview/')))
  },

  async 'A1 a second touch where 开始拍 was does not end what has just begun'() {
    const { phone } = await openedToday()
    await toCamera(phone)
    await tap(phone, '开始拍')
    await until(phone, '正在拍')
    assert.equal(
      phone.tappables.some(({ words }) => words.includes('正在拍')),
      false,
    )
  },

  async 'A2 the page is left while it films: asked before, and kept when it is left all the same'() {
    const { phone } = await openedToday()
    await recording(phone, 20)
    assert.ok(phone.leaveQuestion)
    phone.back()
    await phone.clock.advance(3_000)
    assert.deepEqual(
      kept(phone).map(({ stage }) => stage),
      ['draft'],
    )
    assert.equal(phone.leaveQuestion, null)
    const acts = await actsOf(phone)
    assert.ok(acts.some(({ url }) => url.startsWith('/pages/preview/')))
  },

  async 'A3 the screen stays on while the camera is open'() {
    const { phone } = await openedToday()
    await toCamera(phone)
    assert.equal(phone.screenOn, true)
    phone.back()
    await phone.clock.advance(1_000)
    assert.equal(phone.screenOn, false)
  },

  async 'A4 the export is shared first thing in a tap, from a folder of its own, and is gone after'() {
    const { phone } = await openedToday()
    phone.open('packages/me/account/index')
    await tap(phone, '导出')
    await tap(phone, '发到聊天')
    await reach(phone, () => phone.done.some(({ call }) => call === 'shareFileMessage'), 'shared')
    const { filePath } = phone.done.find(({ call }) => call === 'shareFileMessage').options
    assert.match(filePath, /^wxfile:\/\/usr\/export\//)
    await phone.clock.advance(100)
    assert.equal(phone.files.has(filePath), false)
  },

  async 'A4 an export that was not shared is swept at the next start, and with the account'() {
    const { phone } = await openedToday()
    const exported = () => [...phone.files.keys()].filter((path) => path.includes('/export/'))
    const makeOne = async () => {
      phone.open('packages/me/account/index')
      await tap(phone, '导出')
      await until(phone, '发到聊天')
      assert.equal(exported().length, 1)
    }
    await makeOne()
    phone.launch()
    phone.open(today)
    await phone.clock.advance(500)
    assert.deepEqual(exported(), [])
    await makeOne()
    await tap(phone, '注销账号')
    await until(phone, '请想好')
    phone.type('注销')
    await phone.clock.advance(1_000)
    phone.fire((node) => node.cl?.includes('button-danger'), 'tap')
    await phone.clock.advance(2_000)
    assert.deepEqual(exported(), [])
  },

  async 'A5 the microphone is refused: said by its name, with the way to open it'() {
    const { phone } = await openedToday()
    phone.permissions.microphone = 'denied'
    await tap(phone, '开始服药拍摄')
    await tap(phone, '没有不舒服')
    await until(phone, '麦克风')
    phone.permissions.microphone = 'granted'
    phone.top.onShow()
    await until(phone, '开始拍')
  },

  async 'A5 the microphone is refused in the middle: the start says so, not “another app”'() {
    const { phone } = await openedToday()
    await toCamera(phone)
    phone.permissions.microphone = 'denied'
    await tap(phone, '开始拍')
    await until(phone, '麦克风')
    assert.equal(phone.text.includes('别的软件'), false)
  },

  async 'A5 the privacy window refused (104) and not declared (112) are told apart'() {
    for (const [privacy, words] of [
      ['refused', '先同意微信的隐私说明'],
      ['undeclared', '没有办好用相机的手续'],
    ]) {
      const { phone } = await openedToday()
      phone.permissions.privacy = privacy
      await tap(phone, '开始服药拍摄')
      await tap(phone, '没有不舒服')
      await until(phone, words)
      if (privacy === 'undeclared')
        assert.ok((await actsOf(phone)).some(({ how }) => how === 'makePhoneCall'))
    }
  },

  async 'A5 WeChat itself has no camera: the way leads to the phone’s settings'() {
    const { phone } = await openedToday()
    phone.permissions.system = 'denied'
    await tap(phone, '开始服药拍摄')
    await tap(phone, '没有不舒服')
    await tap(phone, '去手机设置')
    await reach(
      phone,
      () => phone.done.some(({ call }) => call === 'openAppAuthorizeSetting'),
      'opened',
    )
  },

  async 'A7 the storage throws at every write: what the server answers is shown all the same'() {
    const { phone } = newPhone({ bound: true })
    phone.faults.storageFull = 'always'
    phone.launch()
    phone.open(today)
    await until(phone, '四联片')
    const acts = await actsOf(phone)
    assert.ok(acts.some(({ url }) => url.includes('dose_id=d1')))
  },

  async 'A7 the storage is full: a film is kept, and what can be asked for again makes room'() {
    const { phone } = await openedToday()
    await recording(phone)
    phone.faults.storageFull = usedBy(phone)
    await tap(phone, '拍好了，停')
    await until(phone, '发送给医生')
    assert.equal(kept(phone).length, 1)
  },

  async 'B5 200 MB are full: the film goes from where it lies, and nobody is told to delete photos'() {
    const { phone, server } = await openedToday()
    await recording(phone)
    phone.faults.filesFull = true
    await tap(phone, '拍好了，停')
    await reach(phone, () => films(server).length === 1, 'delivered')
    assert.equal(phone.text.includes('照片'), false)
  },

  async 'B6 killed in the middle of the copy: no half film is sent'() {
    const { phone, server } = await openedToday()
    await recording(phone)
    phone.faults.dies = 'copy'
    await tap(phone, '拍好了，停')
    await phone.clock.advance(1_000)
    assert.equal(phone.dead, true)
    phone.launch()
    phone.open(today)
    await phone.clock.advance(3_000)
    // The camera's own file went with the app: it is said to be lost, with the warning.
    assert.equal(films(server).length, 0)
    const acts = await actsOf(phone)
    assert.ok(acts.some(({ url }) => url.startsWith('/pages/outbox/')))
    phone.goTo('/pages/outbox/index', 'navigateTo')
    await until(phone, '第二次')
  },

  async 'B2 重新拍 asks first, keeps the old film, and a film that is sent is the one that counts'() {
    const { phone, server } = await openedToday()
    await filmed(phone)
    await tap(phone, '不满意，重新拍')
    await until(phone, '药咽下去了吗')
    assert.ok(phone.text.includes(SECOND_DOSE))
    await tap(phone, '还没有咽，重新拍')
    await until(phone, '开始拍')
    assert.equal(kept(phone).length, 1)
    await tap(phone, '开始拍')
    await phone.clock.advance(4_000)
    await tap(phone, '拍好了，停')
    await until(phone, '发送给医生')
    assert.equal(kept(phone).length, 2)
    await tap(phone, '发送给医生')
    await reach(phone, () => films(server).length === 1, 'delivered')
    await phone.clock.advance(1_000)
    assert.deepEqual(kept(phone), [])
  },

  async 'B2 a rejected film: the warning and both ways stand before the button'() {
    const { phone, server } = await openedToday()
    server.verdicts = () => ({ afterMs: 60_000, verdict: 'rejected' })
    await filmed(phone)
    await tap(phone, '发送给医生')
    await reach(phone, () => films(server).length === 1, 'delivered')
    await phone.clock.advance(90_000)
    phone.top.onShow()
    await until(phone, '重新拍摄')
    assert.ok(phone.text.indexOf(SECOND_DOSE) < phone.text.indexOf('重新拍摄'))
    const acts = await warned(phone)
    assert.ok(acts.some(({ url }) => url.startsWith('/pages/cannot-film/index?dose_id=d1')))
  },

  async 'A15 one percentage of an upload reads no storage'() {
    const { phone } = await openedToday()
    await filmed(phone)
    phone.network.delay = (call) => (call === 'uploadFile' ? 60_000 : 20)
    await tap(phone, '发送给医生')
    await until(phone, '50%')
    phone.reads.length = 0
    for (const upload of phone.uploads) for (let n = 51; n < 71; n += 1) upload.tell(n)
    await phone.clock.advance(100)
    assert.ok(phone.text.includes('70%'), phone.text)
    assert.deepEqual(phone.reads, [])
  },
}

runAll(probes)
