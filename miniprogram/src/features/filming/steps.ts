/** What to do before the camera, in order, with the seconds each usually takes. */
export interface GuideStep {
  words: string
  seconds: number
}

/** Days away from a signal there is no code to read out. */
export const guideSteps = (withCode: boolean): GuideStep[] => [
  { words: withCode ? '露出整张脸，念出今天的数字' : '露出整张脸', seconds: 5 },
  { words: '把药放在手心，对着镜头', seconds: 6 },
  { words: '把药放到舌头上', seconds: 5 },
  { words: '喝水，咽下去', seconds: 8 },
  { words: '张开嘴，让医生看看没有了', seconds: 5 },
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
