/** Something of the server's: what is remembered at once, the fresh one on each show of the page. */
import { useDidShow } from '@tarojs/taro'
import { useCallback, useEffect, useRef, useState } from 'react'
import { type ApiProblem, asProblem } from '@/lib/problem'
import { forgetAnswer, type Keep, keepAnswer, keptAnswer } from './kept'
import { personHere } from './person'

export interface Resource<T> {
  data: T | null
  /** It is remembered, and the fresh one has not come. */
  stale: boolean
  problem: ApiProblem | null
  loading: boolean
  /** After something happened: an answer that is under way may be older than that. */
  reload: () => Promise<void>
  /** The server has answered an act with the new state. */
  replace: (data: T) => void
}

interface State<T> {
  key: string
  data: T | null
  stale: boolean
  problem: ApiProblem | null
  loading: boolean
}

/** The first show of a page is its opening: it has just asked. */
const OPENING_MS = 1_000
const flights = new Map<string, Promise<unknown>>()

/** One request for the same thing at a time. */
function inFlight<T>(name: string, fetch: () => Promise<T>): Promise<T> {
  const flying = flights.get(name) as Promise<T> | undefined
  if (flying) return flying
  const flight = fetch().finally(() => flights.delete(name))
  flights.set(name, flight)
  return flight
}

/** The server heard us and said no: what was remembered is not to be shown. */
const isRefusal = ({ status }: ApiProblem) =>
  status >= 400 && status < 500 && status !== 408 && status !== 429

export function useResource<T>(
  key: string,
  fetch: () => Promise<T>,
  { keep }: { keep: Keep },
): Resource<T> {
  const opened = (): State<T> => {
    const data = keptAnswer<T>(keep, personHere(), key)
    return { key, data, stale: data !== null, problem: null, loading: true }
  }
  const [state, setState] = useState(opened)
  const shown = state.key === key ? state : opened()
  const latest = useRef({ key, fetch, keep })
  latest.current = { key, fetch, keep }
  const turn = useRef(0)
  const askedAt = useRef(0)

  const load = useCallback(async (anew: boolean) => {
    const asked = latest.current
    turn.current += 1
    const mine = turn.current
    const isMine = () => turn.current === mine && latest.current.key === asked.key
    askedAt.current = Date.now()
    const person = personHere()
    const begun = keptAnswer<T>(asked.keep, person, asked.key)
    setState((before) =>
      before.key === asked.key
        ? { ...before, loading: true }
        : { key: asked.key, data: begun, stale: begun !== null, problem: null, loading: true },
    )
    const name = `${person ?? ''}:${asked.key}`
    try {
      if (anew) await flights.get(name)?.catch(() => undefined)
      const data = await inFlight(name, asked.fetch)
      if (!isMine()) return // another answer has overtaken it
      // Whoever is bound meanwhile does not get the answer of the one before.
      if (person === null || person === personHere()) {
        keepAnswer(asked.keep, personHere(), asked.key, data)
      }
      setState({ key: asked.key, data, stale: false, problem: null, loading: false })
    } catch (error) {
      const problem = asProblem(error)
      const refused = isRefusal(problem)
      if (!isMine()) return
      if (refused) forgetAnswer(person, asked.key)
      setState((before) => {
        const data = refused ? null : before.data
        return { key: asked.key, data, stale: data !== null, problem, loading: false }
      })
    }
  }, [])

  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says when it is another thing
  useEffect(() => {
    void load(false)
  }, [key, load])
  useDidShow(() => {
    if (Date.now() - askedAt.current > OPENING_MS) void load(false)
  })

  const reload = useCallback(() => load(true), [load])
  const replace = useCallback((data: T) => {
    const { key: mine, keep: how } = latest.current
    turn.current += 1
    keepAnswer(how, personHere(), mine, data)
    setState({ key: mine, data, stale: false, problem: null, loading: false })
  }, [])
  const { data, stale, problem, loading } = shown
  return { data, stale, problem, loading, reload, replace }
}
