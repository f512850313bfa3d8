import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Recorder, type RecordingContext } from '@/platform/recorder'

type Start = Parameters<RecordingContext['startRecord']>[0]
type Stop = Parameters<RecordingContext['stopRecord']>[0]

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function starting() {
  const stops: Stop[] = []
  let start: Start | null = null
  const onEnded = vi.fn()
  const onLate = vi.fn()
  const recorder = new Recorder(
    {
      startRecord: (options) => {
        start = options
      },
      stopRecord: (options) => void stops.push(options),
    },
    onEnded,
    onLate,
  )
  const started = recorder.start()
  const options = start as unknown as Start
  return { recorder, onEnded, onLate, stops, options, started }
}

async function recording() {
  const begun = starting()
  begun.options.success()
  await begun.started
  return begun
}
const film = expect.objectContaining({ path: 'wxfile://cut.mp4' })
const cut = { tempVideoPath: 'wxfile://cut.mp4' }

describe('a recording that is cut off', () => {
  it('keeps the film that comes after the news of it', async () => {
    const { recorder, onEnded, options } = await recording()
    recorder.interrupted()
    vi.advanceTimersByTime(1_500)
    options.timeoutCallback(cut)

    expect(onEnded.mock.calls).toEqual([[film, 'whole']])
  })

  it('keeps the film that comes before it, and ends once', async () => {
    const { recorder, onEnded, options } = await recording()
    options.timeoutCallback(cut)
    recorder.interrupted()
    vi.advanceTimersByTime(60_000)

    expect(onEnded.mock.calls).toEqual([[film, 'whole']])
  })

  it('is told as cut when no film comes', async () => {
    const { recorder, onEnded } = await recording()
    recorder.interrupted()
    vi.advanceTimersByTime(2_001)

    expect(onEnded.mock.calls).toEqual([[null, 'cut']])
  })
})

describe('a page that is left before the camera has begun', () => {
  it('has the recording stopped as soon as it begins', async () => {
    const { recorder, onEnded, stops, options, started } = starting()
    recorder.stop()
    expect(stops).toEqual([])
    options.success()
    await started
    expect(stops).toHaveLength(1)
    stops[0]?.success(cut)

    expect(onEnded.mock.calls).toEqual([[film, 'whole']])
  })

  it('has one stopped that begins after it was given up', async () => {
    const { stops, options, started } = starting()
    started.catch(() => undefined)
    vi.advanceTimersByTime(15_001)
    expect(stops).toHaveLength(1) // which a camera that has not begun does not hear
    options.success()

    expect(stops).toHaveLength(2)
  })
})

describe('a film that comes after its recording was given up', () => {
  it('is handed over as late, once', async () => {
    const { recorder, onEnded, onLate, options } = await recording()
    recorder.interrupted()
    vi.advanceTimersByTime(2_001)
    options.timeoutCallback(cut)
    options.timeoutCallback(cut)

    expect(onEnded.mock.calls).toEqual([[null, 'cut']])
    expect(onLate.mock.calls).toEqual([[film]])
  })

  it('does not end the next recording', async () => {
    const { recorder, onEnded, onLate, options } = await recording()
    recorder.interrupted()
    vi.advanceTimersByTime(2_001)
    void recorder.start()
    options.timeoutCallback(cut)

    expect(onEnded).toHaveBeenCalledTimes(1)
    expect(onLate.mock.calls).toEqual([[film]])
  })
})

describe('a phone that does not answer', () => {
  it('is asked once more for the film as it is, then given up', async () => {
    const { recorder, onEnded, stops } = await recording()
    recorder.stop()
    vi.advanceTimersByTime(20_001)
    expect(stops.map((one) => one.compressed)).toEqual([true, false])
    expect(onEnded).not.toHaveBeenCalled()
    vi.advanceTimersByTime(20_001)

    expect(onEnded.mock.calls).toEqual([[null, 'silent']])
  })

  it('may hand the film over at the second asking', async () => {
    const { recorder, onEnded, stops } = await recording()
    recorder.stop()
    vi.advanceTimersByTime(20_001)
    stops[1]?.success(cut)

    expect(onEnded.mock.calls).toEqual([[film, 'whole']])
  })

  it('that says it is stopping is waited for', async () => {
    const { recorder, onEnded, stops, options } = await recording()
    recorder.stop()
    stops[0]?.fail({ errMsg: 'operateCamera:fail:is stopping' })
    vi.advanceTimersByTime(10_000)
    options.timeoutCallback(cut)

    expect(onEnded.mock.calls).toEqual([[film, 'whole']])
  })

  it('at the start is told, and does not go on recording unseen', async () => {
    const stopRecord = vi.fn()
    const recorder = new Recorder({ startRecord: () => undefined, stopRecord }, vi.fn(), vi.fn())
    const started = recorder.start()
    const failed = expect(started).rejects.toThrow('no answer')
    vi.advanceTimersByTime(15_001)
    await failed

    expect(stopRecord).toHaveBeenCalledOnce()
  })

  it('at the start and has filmed all the same hands the film over as late', async () => {
    const stops: Stop[] = []
    const [onEnded, onLate] = [vi.fn(), vi.fn()]
    const stopRecord = (options: Stop) => void stops.push(options)
    const recorder = new Recorder({ startRecord: () => undefined, stopRecord }, onEnded, onLate)
    const failed = expect(recorder.start()).rejects.toThrow('no answer')
    vi.advanceTimersByTime(15_001)
    await failed
    stops[0]?.success(cut)

    expect(onLate.mock.calls).toEqual([[film]])
    expect(onEnded).not.toHaveBeenCalled()
  })
})

it('a second tap on stop asks nothing twice', async () => {
  const { recorder, stops } = await recording()
  recorder.stop()
  recorder.stop()

  expect(stops).toHaveLength(1)
})
