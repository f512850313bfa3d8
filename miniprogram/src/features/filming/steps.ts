import type { VoiceStep } from '@/api/types'

/**
 * What to do before the camera, in order, with the seconds each usually takes. An institution's own
 * spoken words are given to a step by its name, and last no longer than it: the server has the same.
 */
export interface GuideStep {
  step: VoiceStep
  words: string
  seconds: number
}

const WITH_CODE: GuideStep = {
  step: 'face_and_code',
  words: '露出整张脸，念出今天的数字',
  seconds: 5,
}
/** Days away from a signal there is no code to read out. */
const WITHOUT_CODE: GuideStep = { step: 'face', words: '露出整张脸', seconds: 5 }
const THEN: GuideStep[] = [
  { step: 'palm', words: '把药放在手心，对着镜头', seconds: 6 },
  { step: 'tongue', words: '把药放到舌头上', seconds: 5 },
  { step: 'swallow', words: '喝水，咽下去', seconds: 8 },
  { step: 'mouth', words: '张开嘴，让医生看看没有了', seconds: 5 },
]
export const guideSteps = (withCode: boolean): GuideStep[] => [
  withCode ? WITH_CODE : WITHOUT_CODE,
  ...THEN,
]
export const SHORTEST_SECONDS = 3

/** Which step the recording has reached; the last one stays until the person stops. */
export function stepAt(elapsed: number): number {
  let end = 0
  for (const [index, step] of guideSteps(true).entries()) {
    end += step.seconds
    if (elapsed < end) return index
  }
  return guideSteps(true).length - 1
}
