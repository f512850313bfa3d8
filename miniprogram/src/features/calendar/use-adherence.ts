import { useResource } from '@/offline/use-resource'
import { fetchAdherence } from './api'

export const useAdherence = () => useResource('adherence', fetchAdherence, { keep: 'offline' })
