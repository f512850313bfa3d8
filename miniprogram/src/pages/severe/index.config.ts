export default definePageConfig({
  navigationBarTitleText: '先不要服药',
})
