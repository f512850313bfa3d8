/** Sends the bytes of a file straight to the object storage: the only user of Taro.uploadFile. */
import Taro from '@tarojs/taro'
import { ApiProblem } from '@/lib/problem'
import { networkProblem } from './client'
import type { UploadTicket } from './types'

const UPLOAD_MS = 600_000

/** The ticket's fields must come before the file. */
export function upload(
  ticket: UploadTicket,
  filePath: string,
  onPercent: (percent: number) => void,
): { done: Promise<void>; abort: () => void } {
  const task = Taro.uploadFile({
    url: ticket.url,
    filePath,
    name: 'file',
    formData: ticket.fields,
    timeout: UPLOAD_MS,
    withCredentials: false,
  })
  task.onProgressUpdate?.(({ progress }) => onPercent(Math.min(100, Math.max(0, progress))))
  const done = task.then(
    (answer) => {
      if (answer.statusCode >= 200 && answer.statusCode < 300) return
      throw new ApiProblem({ type: 'storage-refused', title: '', status: answer.statusCode })
    },
    (error: unknown) => {
      throw networkProblem(error)
    },
  )
  return { done, abort: () => task.abort?.() }
}
