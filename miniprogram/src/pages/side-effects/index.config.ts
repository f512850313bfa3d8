export default definePageConfig({
  navigationBarTitleText: '服药之前',
})
