import { useRouter } from '@tarojs/taro'
import { NoCard } from '@/features/doses/no-card'
import { useCard } from '@/features/doses/use-card'
import { CameraStage } from '@/features/filming/camera-stage'
import { keepTaken } from '@/features/filming/keep-film'
import { Prepared, usePrepared } from '@/features/filming/prepared'
import { paramOf, replace, toTab } from '@/platform/navigation'
import { guarded } from '@/ui/guarded'

function CameraPage() {
  const { params } = useRouter()
  const { card, problem } = useCard(paramOf(params, 'dose_id'))
  const prepared = usePrepared()
  if (!card) return <NoCard problem={problem} />
  const code = card.day_code ?? ''
  if (prepared.shown) {
    return <Prepared drugs={card.drugs} withCode={code !== ''} onDone={prepared.done} />
  }
  return (
    <CameraStage
      card={card}
      code={code}
      onPrepare={prepared.show}
      onTaken={async (film) => {
        const item = await keepTaken(card, film, paramOf(params, 'opened_at'))
        if (film.left) return
        if (item.stage === 'draft') replace('preview', { item: item.id })
        else toTab('today')
      }}
    />
  )
}

export default guarded(CameraPage)
