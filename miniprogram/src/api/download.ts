/** Fetches a small file from the object storage: the only user of Taro.downloadFile. */
import Taro from '@tarojs/taro'
import { ApiProblem } from '@/lib/problem'
import { networkProblem } from './client'

const DOWNLOAD_MS = 60_000

/** Answers where it lies for the moment; whoever wants to keep it copies it. */
export async function download(url: string): Promise<string> {
  const how = { url, timeout: DOWNLOAD_MS, withCredentials: false }
  const answer = await Taro.downloadFile(how).catch((error: unknown) => {
    throw networkProblem(error)
  })
  // What the storage says instead of the file comes as a file, too.
  if (answer.statusCode === 200) return answer.tempFilePath
  throw new ApiProblem({ type: 'storage-refused', title: '', status: answer.statusCode })
}
