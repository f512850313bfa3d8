import { useRouter } from '@tarojs/taro'
import { useState } from 'react'
import { Page } from '@/components/page'
import { Empty } from '@/components/waiting'
import { CameraStage } from '@/features/filming/camera-stage'
import { keepTaken } from '@/features/filming/keep-film'
import { rememberedCard, rememberedCode } from '@/features/today/memory'
import { paramOf, replace } from '@/lib/navigation'

export default function CameraPage() {
  const { params } = useRouter()
  const [card] = useState(() => rememberedCard(paramOf(params, 'dose_id')))
  const [turn, setTurn] = useState(0)
  if (!card) {
    return (
      <Page>
        <Empty title="没有找到这次服药" hint="请返回今日，再点一次。" />
      </Page>
    )
  }
  return (
    <CameraStage
      key={turn}
      card={card}
      code={rememberedCode(card.due_on)}
      onAgain={() => setTurn(turn + 1)}
      onTaken={async (film) => {
        const item = await keepTaken(card, film, paramOf(params, 'opened_at'))
        replace('preview', { item })
      }}
    />
  )
}
